import { z } from 'zod';
import { proxies } from './proxy-networks.ts';
import { PROXY_SIGN_IN } from './proxy-variables.ts';
import { SIGN_IN } from './sign-in-variables.ts';
import {
  list,
  origins,
  publicKey,
  publicUrl,
  rateLimit,
  secureWebAddress,
  sessionSecret,
  webhookTokens,
  wholeNumber,
} from './values.ts';

/** The group of the gateway: its address, callers, sign-in, proxies and limits. */
export const GATEWAY = {
  PORT: wholeNumber(0, 65_535).default(8081).describe('Port of the gateway'),
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address on which `PORT` and `ETL_WORKER_PORT` listen. 0.0.0.0 admits other machines'),
  ETL_WEBHOOK_TOKENS: webhookTokens
    .default([])
    .describe('Tokens of administrators, each with a label: `label:token,label:token`'),
  ETL_JWT_SECRET: z
    .string()
    .optional()
    .describe('Secret of signed tokens (HS256). It needs 32 characters or more'),
  ETL_JWT_PUBLIC_KEY: publicKey.optional().describe('Public key of signed tokens (RS256, ES256)'),
  ETL_JWT_JWKS_URL: secureWebAddress('https://login.example.edu/keys')
    .optional()
    .describe(
      "Address of the [public keys](authentication.md#keys-by-address) of signed tokens, such as the university's identity provider has (JWKS). It needs `ETL_JWT_ISSUER` and `ETL_JWT_AUDIENCE`",
    ),
  ETL_JWT_AUDIENCE: z.string().optional().describe('If set, signed tokens must name this audience (`aud`)'),
  ETL_JWT_ISSUER: z.string().optional().describe('If set, signed tokens must name this issuer (`iss`)'),
  ETL_ADMIN_ROLES: z
    .string()
    .transform(list)
    .default([])
    .describe('Roles that make a person or a signed token an administrator, separated by commas'),
  ETL_SESSION_SECRET: sessionSecret
    .optional()
    .describe(
      'Secret that encrypts the [sessions](authentication.md#sessions) of the dashboard. All gateways need the same one. Without it there is no sign-in',
    ),
  ETL_PUBLIC_URL: publicUrl
    .optional()
    .describe('Address under which browsers reach the gateway, if a proxy is before it'),
  ...SIGN_IN,
  ...PROXY_SIGN_IN,
  ETL_RATE_LIMIT: rateLimit
    .default(600)
    .describe(
      'Limit of requests a minute: for each caller over all gateways, and for each address that sends no token. Wrong passwords and tokens [have their own limit](security.md#callers)',
    ),
  ETL_CORS_ORIGINS: origins.default([]).describe('Origins of web pages that may call the API from a browser'),
  ETL_TRUST_PROXY: proxies
    .default([])
    .describe(
      'Addresses or networks of proxies before the gateway. The gateway believes the address that they report in `X-Forwarded-For`, and the person whom they name in the headers of `ETL_PROXY_USER_HEADER` and its fellows. No network is wider than /8 (IPv6: /16, except in fc00::/7)',
    ),
  BULL_BOARD_USER: z
    .string()
    .optional()
    .describe('User name of the operator for `/admin/queues`. Required in production'),
  BULL_BOARD_PASSWORD: z
    .string()
    .optional()
    .describe('Password of that user. Required in production, with 12 characters or more'),
};
