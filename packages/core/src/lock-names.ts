import { type RawBuilder, sql } from 'kysely';

/**
 * The name of a lock for GET_LOCK and RELEASE_LOCK, as an expression. Locks belong to the whole server, so the name holds a hash of
 * the session's database. MySQL allows 64 characters: `name` may have 31. SHA2 is in every server; MySQL 9.6 removed MD5 and SHA1.
 */
export function lockName(name: string): RawBuilder<string> {
  return sql`CONCAT(${sql.lit(`${name} `)}, LEFT(SHA2(DATABASE(), 256), 32))`;
}
