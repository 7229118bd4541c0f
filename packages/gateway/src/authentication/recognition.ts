import { type Config, EtlError } from '@etl/core';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Caller } from './caller.ts';
import { Claims, callerOfClaims } from './claims.ts';
import { type JwtConfig, jwtVerifier } from './jwt.ts';
import { type WebhookConfig, webhookTokens } from './webhook-tokens.ts';

/** Finds the caller of a token, from whichever way it came. Throws UNAUTHORIZED. */
export type Recognize = (token: string) => Promise<Caller>;

export function tokenRecognizer(config: JwtConfig & WebhookConfig): Recognize {
  const findWebhookCaller = webhookTokens(config.ETL_WEBHOOK_TOKENS);
  const verify = jwtVerifier(config);
  return async (token) => findWebhookCaller(token) ?? verify(token);
}

/** Claims that were verified when the person signed in, and who made them. */
export const VerifiedClaims = z.object({
  claims: Claims,
  source: z.enum(['oidc', 'proxy']),
});

export type VerifiedClaims = z.infer<typeof VerifiedClaims>;

/**
 * Finds the caller of verified claims. A person without a category would see no row, and is refused. Throws
 * UNAUTHORIZED.
 */
export type RecognizeClaims = (verified: VerifiedClaims) => Caller;

export function claimsRecognizer(config: Pick<Config, 'ETL_ADMIN_ROLES'>): RecognizeClaims {
  return ({ claims }) => {
    const caller = callerOfClaims(claims, config.ETL_ADMIN_ROLES);
    const { directorate, unit } = claims;
    if (caller.role === 'viewer' && directorate === undefined && unit === undefined) {
      throw new EtlError('UNAUTHORIZED', 'This person has neither a role nor a category here');
    }
    return caller;
  };
}

/** The token of a request, whatever the spelling of its header. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}
