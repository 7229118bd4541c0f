import { type FigureSettings, settingsDifference } from '@etl/core';
import { storedSettings, type Warehouse } from '@etl/warehouse';
import type { Look } from '../alert.ts';

const ABOUT = { cause: 'settings' } as const;

/** Looks whether the settings of this process differ from those that the figures were made with. */
export async function settingsLooks(warehouse: Warehouse, settings: FigureSettings): Promise<Look[]> {
  const difference = settingsDifference(settings, await storedSettings(warehouse));
  return [
    difference
      ? { ...ABOUT, isThere: true, message: `Settings differ: ${difference.message}` }
      : { ...ABOUT, isThere: false },
  ];
}
