import test, { type ExecutionContext } from 'ava';
import { SAVED_WORDS } from '../../core/filesystem/persistence.js';
import { recordWord, type RecordType } from '../../core/state/record.js';
import { SavedSession } from '../../core/state/saved.js';
import { Source, Unreadable } from '../../core/state/source.js';
import { readSession } from '../../core/state/transfer.js';

const MAGIC = 0x4657_4d53;
/** The numbers of `RecordType`, and one on either side. */
const TYPES = Array.from({ length: 13 }, (_, type) => type as RecordType);

function state(...records: number[]): Source {
  return Source.of(new Uint8Array(new Uint32Array([MAGIC, 1, records.length, ...records]).buffer));
}

async function refused(t: ExecutionContext, ...records: number[]): Promise<void> {
  await t.throwsAsync(readSession(state(...records)), { instanceOf: Unreadable, message: 'it has a record that is none' });
}

test('a record with fewer words than its type has is none, whatever it says', async (t) => {
  const node = [recordWord(2, 4), 7, 1, 1, 1];
  t.deepEqual([...(await readSession(state(...node))).nodes.keys()], [7]);
  for (const type of TYPES) {
    const session = SavedSession.read(new Uint32Array([...node, recordWord(type, 0), ...node]), 0, 2 * node.length + 1);
    t.deepEqual([...session.nodes.keys()].filter((key) => key !== 7), [], `type ${type}`);
    t.deepEqual([...session.handles.keys(), ...session.intents.keys(), ...session.answers.keys()], [], `type ${type}`);
  }
});

test('what comes from elsewhere is refused as a whole where one record of it is none', async (t) => {
  const node = [recordWord(2, 4), 7, 1, 1, 1];
  await refused(t, ...node, recordWord(5, 0));
  await refused(t, ...node, recordWord(2, 1), 8);
  await refused(t, ...node, recordWord(2, 4), 8, 1);
  await refused(t, ...node, recordWord(2, 3 + SAVED_WORDS), ...Array.from({ length: 3 + SAVED_WORDS }, () => 8));
});
