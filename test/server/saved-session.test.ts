import test from 'ava';
import { SAVED_WORDS } from '../../core/filesystem/persistence.js';
import { recordWord, type RecordType } from '../../core/state/record.js';
import { SavedSession } from '../../core/state/saved.js';
import { readSession } from '../../core/state/transfer.js';

const MAGIC = 0x4657_4d53;
/** The numbers of `RecordType`, and one on either side. */
const TYPES = Array.from({ length: 13 }, (_, type) => type as RecordType);

function state(...records: number[]): Uint8Array {
  return new Uint8Array(new Uint32Array([MAGIC, 1, records.length, ...records]).buffer);
}

test('a record with fewer words than its type has is none, whatever it says', (t) => {
  const node = [recordWord(2, 4), 7, 1, 1, 1];
  t.not(typeof readSession(state(...node)), 'string');
  for (const type of TYPES) {
    const session = SavedSession.read(new Uint32Array([...node, recordWord(type, 0), ...node]), 0, 2 * node.length + 1);
    t.deepEqual([...session.nodes.keys()].filter((key) => key !== 7), [], `type ${type}`);
    t.deepEqual([...session.handles.keys(), ...session.intents.keys(), ...session.answers.keys()], [], `type ${type}`);
  }
});

test('what comes from elsewhere is refused as a whole where one record of it is none', (t) => {
  const node = [recordWord(2, 4), 7, 1, 1, 1];
  t.is(readSession(state(...node, recordWord(5, 0))), 'it has a record that is none');
  t.is(readSession(state(...node, recordWord(2, 1), 8)), 'it has a record that is none');
  t.is(readSession(state(...node, recordWord(2, 4), 8, 1)), 'it has a record that is none');
  t.is(readSession(state(...node, recordWord(2, 3 + SAVED_WORDS), ...Array.from({ length: 3 + SAVED_WORDS }, () => 8))), 'it has a record that is none');
});
