import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { greeting } from 'greeting';

test('greets', () => {
  assert.equal(greeting('guest'), 'hello, guest');
  writeFileSync('result.txt', `${greeting('host')}\n`);
});
