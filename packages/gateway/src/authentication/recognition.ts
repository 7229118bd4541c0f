import type { FastifyRequest } from 'fastify';
import type { Caller } from './caller.ts';
import { type JwtConfig, jwtVerifier } from './jwt.ts';
import { type WebhookConfig, webhookTokens } from './webhook-tokens.ts';

/** Finds the caller of a token, from whichever way it came. Throws UNAUTHORIZED. */
export type Recognize = (token: string) => Promise<Caller>;

export function tokenRecognizer(config: JwtConfig & WebhookConfig): Recognize {
  const findWebhookCaller = webhookTokens(config.ETL_WEBHOOK_TOKENS);
  const verify = jwtVerifier(config);
  return async (token) => findWebhookCaller(token) ?? verify(token);
}

/** The token of a request, whatever the spelling of its header. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}
