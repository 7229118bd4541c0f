import { describe, expect, it } from 'vitest';
import { isCallerName } from '../src/caller-name.ts';

describe('names of callers', () => {
  it.each([
    'root',
    'a',
    '7',
    'jane.doe@example.edu',
    "O'Brien-Smith (dean)",
    'Åsa',
    'A\u030asa',
    '王小明',
    '山田\u3000太郎',
    'Åsa 王 😀',
    'محمد',
    // Persian parts letters, and Indic scripts choose forms, by a joiner.
    'می\u200cترا',
    'क्\u200dष',
    'ක්\u200dරි',
    'ന്\u200d',
    'x'.repeat(200),
    `${'😀'.repeat(199)}x`,
  ])("a caller's name can be %j", (name) => {
    expect(isCallerName(name)).toBe(true);
  });

  it.each([
    '',
    ' ',
    '\u200b',
    '\u200b\u200c\u200d\u2060\ufeff',
    '\u3164',
    '\u115f\u1160',
    '\u2800',
    '\u00ad',
    '-',
    '😀',
    '\u0301',
    'root\u200b',
    'ro\u200dot',
    '\u200croot',
    'root\ufeff',
    'root\ufe0f',
    'ro\u00adot',
    'ro\u2060ot',
    'root\u{e0061}',
    '\u202etoor',
    '\u2066root\u2069',
    'root\u061c',
    'root\n',
    'ro\u0000ot',
    'ro\u0085ot',
    'ro\u2028ot',
    'root ',
    ' root',
    'root\u00a0',
    'root\ud800',
    // Two joiners are one too many.
    'می\u200c\u200cترا',
    // A joiner of another script's letters is an ordinary invisible character.
    'می\u200cترا ro\u200cot',
    'x'.repeat(201),
  ])("a caller's name cannot be %j", (name) => {
    expect(isCallerName(name)).toBe(false);
  });
});
