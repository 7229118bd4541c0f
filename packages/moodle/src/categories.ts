import { sql } from 'kysely';
import { type MoodleId, read, type Source, table } from './source.ts';

export interface Category {
  id: MoodleId;
  parent: MoodleId;
  depth: number;
  /** Ids from the top down to this one, such as `/2/4/7`. */
  path: string;
  idnumber: string | null;
  name: string;
}

/** The whole category tree. */
export async function categories(source: Source, signal: AbortSignal): Promise<Category[]> {
  return read(
    source,
    sql<Category>`
      SELECT id, parent, depth, path, idnumber, name FROM ${table(source, 'course_categories')} ORDER BY id`,
    signal,
  );
}
