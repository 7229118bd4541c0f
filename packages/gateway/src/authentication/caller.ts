import { EtlError } from '@etl/core';
import type { Membership } from '@etl/warehouse';
import type { FastifyRequest } from 'fastify';

/**
 * The caller of a request. An administrator may do everything. A viewer may read, and sees only the courses of its
 * membership.
 */
export type Caller = {
  name: string;
  /** Identifies the caller for limits: several callers may have the same name. */
  key: string;
  /** When its token or its session ends: epoch seconds. Webhook tokens do not expire. */
  expiresAt?: number | undefined;
} & (
  | { role: 'administrator' }
  | {
      role: 'viewer';
      membership: Membership;
      /** An administrator looks at the figures as a viewer of the membership would. */
      isViewingAs?: boolean;
    }
);

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
    /** `ETL_SUPPRESS_BELOW`: viewers see no row with fewer students. */
    smallBelow: number;
  }
}

/** The caller, if it is an administrator. Throws FORBIDDEN. */
export function administratorOf(request: FastifyRequest): Caller {
  const caller = callerOf(request);
  if (caller.role !== 'administrator') throw new EtlError('FORBIDDEN');
  return caller;
}

/** The administrator, as a viewer of a membership: it sees what the viewer sees, and may do nothing else. Throws FORBIDDEN. */
export function viewingAs({ role, name, key, expiresAt }: Caller, membership: Membership): Caller {
  if (role !== 'administrator') throw new EtlError('FORBIDDEN');
  return {
    name,
    // Its limits are those of the administrator.
    key,
    expiresAt,
    role: 'viewer',
    membership,
    isViewingAs: true,
  };
}

/** As whom an administrator views. */
export function viewedAs(caller: Caller | null): Membership | undefined {
  return caller?.role === 'viewer' && caller.isViewingAs ? caller.membership : undefined;
}

/** The caller of an authenticated request. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new EtlError('UNAUTHORIZED');
  return request.caller;
}
