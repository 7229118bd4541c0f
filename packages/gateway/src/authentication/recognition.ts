import { EtlError } from '@etl/core';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AddressKeys } from './address-keys.ts';
import type { Caller } from './caller.ts';
import { Claims, callerOfClaims } from './claims.ts';
import { type JwtConfig, jwtVerifier } from './jwt.ts';
import { byTable } from './oidc/claim-mapping.ts';
import { type ProviderConfig, providerName } from './oidc/provider.ts';
import { type WebhookConfig, webhookTokens } from './webhook-tokens.ts';

/** Finds the caller of a token, from whichever way it came. Throws UNAUTHORIZED, SIGN_IN_UNAVAILABLE. */
export type Recognize = (token: string) => Promise<Caller>;

export function tokenRecognizer(
  config: JwtConfig & WebhookConfig,
  addressKeys: AddressKeys | undefined,
): Recognize {
  const findWebhookCaller = webhookTokens(config.ETL_WEBHOOK_TOKENS);
  const verify = jwtVerifier(config, addressKeys);
  return async (token) => findWebhookCaller(token) ?? verify(token);
}

/** Claims that were verified when the person signed in, and who made them. */
export const VerifiedClaims = z.discriminatedUnion('source', [
  z.object({
    source: z.literal('oidc'),
    claims: Claims,
    /** See `Provider`. */
    provider: z.string(),
    idToken: z.string().optional(),
  }),
  z.object({ source: z.literal('proxy'), claims: Claims }),
]);

export type VerifiedClaims = z.infer<typeof VerifiedClaims>;

/**
 * Finds the caller of verified claims. A person without a category would see no row, and is refused. Throws
 * UNAUTHORIZED.
 */
export type RecognizeClaims = (verified: VerifiedClaims) => Caller;

export function claimsRecognizer(config: ProviderConfig): RecognizeClaims {
  const provider = providerName(config);
  return (verified) => {
    // Its issuer or client may have changed since.
    if (verified.source === 'oidc' && verified.provider !== provider)
      throw new EtlError('UNAUTHORIZED', 'The session has ended. Sign in again.');
    const [claims, adminRoles] =
      verified.source === 'oidc'
        ? byTable(verified.claims, config)
        : [verified.claims, config.ETL_ADMIN_ROLES];
    const caller = callerOfClaims(claims, adminRoles);
    const { directorate, unit } = claims;
    if (caller.role === 'viewer' && directorate === undefined && unit === undefined)
      throw new EtlError('UNAUTHORIZED', 'This person has neither a role nor a category here');
    return caller;
  };
}

/** The token of a request, whatever the spelling of its header. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}
