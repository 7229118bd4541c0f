/**
 * Views per student and day, as a decimal text with 2 places, rounded half up as MySQL's ROUND does; null where there
 * are no students or no days. Calculated in whole numbers: a half is never lost to binary fractions.
 */
export function averageActivity(views: number, students: number, days: number): string | null {
  const divisor = BigInt(students) * BigInt(days);
  if (divisor === 0n) return null;
  const hundredths = (BigInt(views) * 200n + divisor) / (2n * divisor);
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`;
}
