import type { Config } from './config/variables.ts';

/**
 * The settings that decide what figures mean. The warehouse stores them beside the figures, and every process compares its own with
 * the stored ones.
 */
export const FIGURE_SETTINGS = [
  'ETL_TIMEZONE',
  'ETL_STUDENT_ROLE_IDS',
  'ETL_TEACHER_ROLE_IDS',
] as const satisfies readonly (keyof Config)[];

export type FigureSettings = Pick<Config, (typeof FIGURE_SETTINGS)[number]>;

/** The command that changes the stored settings. */
export const ADOPT_COMMAND = 'pnpm etl settings --adopt';

/** A setting as text: role ids in ascending order, each once, since their order means nothing. */
export function settingText(value: FigureSettings[keyof FigureSettings]): string {
  return typeof value === 'string' ? value : [...new Set(value)].toSorted((a, b) => a - b).join(',');
}

/** A process's settings and the stored ones differ. */
export interface SettingsDifference {
  /** Names the settings, both values of each, and what to do. */
  message: string;
  /** One sentence for each setting that differs, by its name. */
  details: Record<string, string>;
}

/** How the settings of this process differ from the stored ones; undefined if they do not. What is not stored yet does not differ. */
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
