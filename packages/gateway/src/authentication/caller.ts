import { EtlError } from '@etl/core';
import type { Membership } from '@etl/warehouse';
import type { FastifyRequest } from 'fastify';

/** Who is asking. An administrator may do everything; a viewer may read, and of courses only those of its membership. */
export type Caller = {
  name: string;
  /** Tells callers apart of whom several may have one name: by it their requests are counted. */
  key: string;
} & ({ role: 'administrator' } | { role: 'viewer'; membership: Membership });

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
  }
}

/** The caller of an authenticated request. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new EtlError('UNAUTHORIZED');
  return request.caller;
}
