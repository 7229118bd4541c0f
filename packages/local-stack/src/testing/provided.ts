import 'vitest';
import type { ServerKind } from './server-wording.ts';

/** The values that the global set-up gives to every test file through `inject`. */
declare module 'vitest' {
  interface ProvidedContext {
    /** Administrator's address of the test database server. */
    mysqlUrl: string;
    /** The kind of that server, for tests that depend on its wording. */
    serverKind: ServerKind;
    /** Address of the test Redis. */
    redisUrl: string;
  }
}
