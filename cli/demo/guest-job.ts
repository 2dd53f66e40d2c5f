import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runGuest, type GuestOptions, type GuestResult } from '../guest/run.js';
import { LARGE, SMALL, WORK, type JobResult, type Step } from './job.js';

const SCRIPT = `
set -e
export LC_ALL=C
digest() { sha256sum | cut -d ' ' -f 1; }
since() { echo $((($(date +%s%N) - $1) / 1000)); }
step() { printf '%s %s %s\\n' "$1" "$2" "$3"; }
head -c ${LARGE} /dev/urandom > "$TMPDIR/large"

start=$(date +%s%N); found=$(find . -path ./${WORK} -prune -o -print0 | sort -z | digest); step list "$(since $start)" "$found"
start=$(date +%s%N); found=$(find . -path ./${WORK} -prune -o -type f -print0 | sort -z | xargs -0r cat | digest); step read "$(since $start)" "$found"
mkdir ${WORK}
start=$(date +%s%N); dd if="$TMPDIR/large" of=${WORK}/large bs=1M conv=fsync status=none; step write "$(since $start)" "$(digest < ${WORK}/large)"
start=$(date +%s%N); i=0; while [ $i -lt ${SMALL} ]; do echo $i > ${WORK}/$i; i=$((i + 1)); done; step create "$(since $start)" "$(uname -sr | tr ' ' '-')"
`;

/** Seconds. A few are enough; a host that is busy, or a share that is large, may take its time. */
const LIMIT = 600;

/** Runs the job in a guest; without `steps`, the guest's result says why. */
export async function guestJob(options: Pick<GuestOptions, 'socket' | 'tag' | 'signal'>): Promise<{ guest: GuestResult; job?: JobResult }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const output = Promise.all([text(stdout), text(stderr)]);
  const guest = await runGuest({ ...options, command: [SCRIPT], timeout: LIMIT, stdout, stderr });
  stdout.end();
  stderr.end();
  const [said, complaints] = await output;
  if (guest.code !== 0) return { guest: { ...guest, reason: guest.reason ?? complaints.trim() } };
  const steps = new Map<string, Step>(said.trim().split('\n').map((line) => {
    const [name, microseconds, found] = line.split(' ');
    return [name!, { milliseconds: Number(microseconds) / 1000, found: found! }];
  }));
  const { booted = 0, mounted = 0 } = guest;
  const create = steps.get('create')!;
  const job: JobResult = {
    reached: [
      { what: 'boot the guest', result: `User Mode ${create.found.replace('-', ' ')}`, milliseconds: booted },
      { what: 'mount the share', result: `virtiofs, tag "${options.tag}"`, milliseconds: mounted - booted },
    ],
    list: steps.get('list')!, read: steps.get('read')!, write: steps.get('write')!, create,
  };
  return { guest, job };
}
