import 'vitest';
import type { ServerKind } from './server-wording.ts';

/** What the global set-up gives to every test file, through `inject`. */
declare module 'vitest' {
  interface ProvidedContext {
    /** Administrator's address of the test database server. */
    mysqlUrl: string;
    /** What that server is, for what it says in its own words. */
    serverKind: ServerKind;
    /** Address of the test Redis. */
    redisUrl: string;
  }
}
