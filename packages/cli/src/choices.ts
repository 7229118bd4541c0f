import { nearestName, type SchedulerStatus, STATUSES_OF_ROWS, statusCode } from '@etl/core';
import { InvalidArgumentError, Option } from 'commander';

/** An option that takes one of these words. Its error names the nearest one. */
export function choiceOption<Word extends string>(
  flags: string,
  description: string,
  words: readonly Word[],
): Option {
  return new Option(flags, description).argParser(oneOfWords(words));
}

/** Finds the word that a text names. The error names the nearest one. */
export function oneOfWords<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((one) => one === text);
    if (word === undefined) throw unknownWord(text, words);
    return word;
  };
}

/** An option that takes a status by its code or as the tables show it. */
export function statusOption(flags: string): Option {
  const codes = STATUSES_OF_ROWS.map((status) => `${status} (${statusCode(status)})`).join(', ');
  return new Option(flags, codes).argParser((text: string): SchedulerStatus => {
    const status = STATUSES_OF_ROWS.find((one) => one === text || String(statusCode(one)) === text);
    if (status === undefined) throw unknownWord(text, STATUSES_OF_ROWS, ', or their codes');
    return statusCode(status);
  });
}

/** An option that takes a number of rows, or `all` if there is no greatest number. */
export function limitOption(description: string, most = Number.POSITIVE_INFINITY): Option {
  const allowed = Number.isFinite(most) ? `a whole number from 1 to ${most}` : 'a whole number or all';
  return new Option('--limit <rows>', description).argParser((text: string): number => {
    if (text === 'all' && !Number.isFinite(most)) return Number.POSITIVE_INFINITY;
    if (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(`It takes ${allowed}.`);
  });
}

function unknownWord(text: string, words: readonly string[], more = ''): InvalidArgumentError {
  const nearest = nearestName(text, words);
  const hint = nearest ? ` Did you mean ${nearest}?` : '';
  return new InvalidArgumentError(`It takes ${words.join(', ')}${more}.${hint}`);
}
