import createClient from 'openapi-fetch';
import type { paths } from '../../generated/api.ts';
import type { ErrorCode } from './types.ts';

export { PREFIX } from './paths.ts';

/** Calls of the API by their paths. Cookies of the session go with them. */
export const api = createClient<paths>({ baseUrl: window.location.origin });

/** Why a call failed. `UNREACHABLE`: no answer came. `UNREADABLE`: the answer is not of this API. */
export class ApiError extends Error {
  readonly code: ErrorCode | 'UNREACHABLE' | 'UNREADABLE';
  readonly status: number;
  readonly requestId: string | null;

  constructor(about: { code: ApiError['code']; message: string; status: number; requestId: string | null }) {
    super(about.message);
    this.code = about.code;
    this.status = about.status;
    this.requestId = about.requestId;
  }
}

interface Answer<Body> {
  data?: Body;
  error?: unknown;
  response: Response;
}

/** The body of a successful answer. Throws an `ApiError` in every other case. */
export async function bodyOf<Body>(call: Promise<Answer<Body>>): Promise<NonNullable<Body>> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    if ((cause as Error).name === 'AbortError') throw cause;
    throw new ApiError({ code: 'UNREACHABLE', message: String(cause), status: 0, requestId: null });
  });
  if (data !== undefined && data !== null) return data;
  throw errorOf(response, error);
}

/** The error of an answer that is not successful. */
export function errorOf(response: Response, body: unknown): ApiError {
  const { code, error } = (typeof body === 'object' && body !== null ? body : {}) as Partial<
    Record<'code' | 'error', string>
  >;
  return new ApiError({
    code: (code as ErrorCode | undefined) ?? 'UNREADABLE',
    message: error ?? response.statusText,
    status: response.status,
    requestId: response.headers.get('x-request-id'),
  });
}
