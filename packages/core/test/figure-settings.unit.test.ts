import { expect, it } from 'vitest';
import { type FigureSettings, settingsDifference, settingText } from '../src/figure-settings.ts';

const JAKARTA: FigureSettings = {
  ETL_TIMEZONE: 'Asia/Jakarta',
  ETL_STUDENT_ROLE_IDS: [5],
  ETL_TEACHER_ROLE_IDS: [3, 4],
};

it('role ids are compared in ascending order, each once', () => {
  expect(settingText([10, 4, 3, 4])).toBe('3,4,10');
  expect(settingsDifference(JAKARTA, { ...JAKARTA, ETL_TEACHER_ROLE_IDS: [4, 3, 3] })).toBeUndefined();
});

it('a setting that is not stored yet does not differ', () => {
  expect(settingsDifference(JAKARTA, {})).toBeUndefined();
  expect(settingsDifference(JAKARTA, { ETL_TIMEZONE: 'Asia/Jakarta' })).toBeUndefined();
});

it('a difference names each setting, both values and the command that changes the stored one', () => {
  const difference = settingsDifference(JAKARTA, {
    ETL_TIMEZONE: 'UTC',
    ETL_STUDENT_ROLE_IDS: [5, 6],
    ETL_TEACHER_ROLE_IDS: [3, 4],
  });
  expect(difference?.details).toEqual({
    ETL_TIMEZONE: 'ETL_TIMEZONE is Asia/Jakarta here, and UTC in the warehouse',
    ETL_STUDENT_ROLE_IDS: 'ETL_STUDENT_ROLE_IDS is 5 here, and 5,6 in the warehouse',
  });
  expect(difference?.message).toBe(
    'ETL_TIMEZONE is Asia/Jakarta here, and UTC in the warehouse; ' +
      'ETL_STUDENT_ROLE_IDS is 5 here, and 5,6 in the warehouse. ' +
      'Set the stored value here, or change what is stored: pnpm etl settings --adopt',
  );
});

it('an empty list of roles differs from a list that has one', () => {
  expect(settingsDifference({ ...JAKARTA, ETL_STUDENT_ROLE_IDS: [] }, JAKARTA)?.details).toHaveProperty(
    'ETL_STUDENT_ROLE_IDS',
  );
});
