import type { Config } from './config/variables.ts';

/**
 * The settings of figures decide what the figures mean. The warehouse stores them, and every process compares its own
 * settings with the stored ones.
 */
export const FIGURE_SETTINGS = [
  'ETL_TIMEZONE',
  'ETL_STUDENT_ROLE_IDS',
  'ETL_TEACHER_ROLE_IDS',
] as const satisfies readonly (keyof Config)[];

export type FigureSettings = Pick<Config, (typeof FIGURE_SETTINGS)[number]>;

/** The command that changes the stored settings. */
export const ADOPT_COMMAND = 'pnpm etl settings --adopt';

/** A setting as text. Role ids are in ascending order, each once, because their order has no meaning. */
export function settingText(value: FigureSettings[keyof FigureSettings]): string {
  return typeof value === 'string' ? value : [...new Set(value)].toSorted((a, b) => a - b).join(',');
}

/** A settings mismatch: the settings of a process differ from the stored ones. */
export interface SettingsDifference {
  /** Names the settings, both values of each, and the remedy. */
  message: string;
  /** One sentence for each setting that differs, by its name. */
  details: Record<string, string>;
}

/**
 * How the settings of this process differ from the stored ones; undefined if they do not. A setting that is not
 * stored yet does not differ.
 */
export function settingsDifference(
  own: FigureSettings,
  stored: Partial<FigureSettings>,
): SettingsDifference | undefined {
  const details: Record<string, string> = {};
  for (const name of FIGURE_SETTINGS) {
    const here = settingText(own[name]);
    const there = stored[name] && settingText(stored[name]);
    if (there !== undefined && here !== there) {
      details[name] = `${name} is ${here} here, and ${there} in the warehouse`;
    }
  }
  const differences = Object.values(details);
  if (differences.length === 0) return undefined;
  return {
    message: `${differences.join('; ')}. Set the stored value here, or change what is stored: ${ADOPT_COMMAND}`,
    details,
  };
}
