import test from 'ava';
import { parseDuration, parseSize } from '../../core/config/index.js';

test('sizes are binary, with KB, MB, GB as the decimal exception', (t) => {
  const sizes: [string | number, number | undefined][] = [
    [512, 512], ['512', 512], ['512MiB', 512 * 2 ** 20], ['4k', 4096], ['1.5 GiB', 1.5 * 2 ** 30], ['10GB', 1e10], ['7B', 7],
    ['', undefined], ['MiB', undefined], ['-1', undefined], ['1XB', undefined], ['99999999TiB', undefined], ['1e3', undefined],
  ];
  for (const [text, bytes] of sizes) t.is(parseSize(text), bytes, String(text));
});

test('durations are seconds', (t) => {
  const durations: [string | number, number | undefined][] = [
    [2, 2], ['0', 0], ['500ms', 0.5], ['1s', 1], ['2m', 120], ['1h', 3600], ['1d', 86400], ['soon', undefined], ['-1s', undefined],
  ];
  for (const [text, seconds] of durations) t.is(parseDuration(text), seconds, String(text));
});
