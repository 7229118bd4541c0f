/** Key sets and the answers of providers have a few kilobytes. */
const MOST_BYTES = 256 * 1024;

/**
 * `fetch` for addresses of the configuration: it follows no redirect and reads 256 kB at most. The answer is complete
 * when it returns. As `fetch` does, it throws a TypeError if the answer cannot be read, or the reason of the signal.
 */
export async function fetchLimited(address: string | URL, init: RequestInit = {}): Promise<Response> {
  const { status, statusText, headers, body } = await fetch(address, { ...init, redirect: 'manual' }).catch(
    (error: Error) => {
      throw deepest(error) === 'bad port' ? failure(badPort(address), 'BAD_PORT') : error;
    },
  );
  return new Response(body && (await bytesOf(body)), { status, statusText, headers });
}

/**
 * Reads JSON at an address. Undefined if the answer is something else. The error's message completes the sentence "It
 * cannot be read: …".
 */
export async function readJson(address: string | URL, signal: AbortSignal): Promise<unknown> {
  try {
    const response = await fetchLimited(address, { headers: { accept: 'application/json, */*' }, signal });
    if (response.status !== 200) throw new Error(problemOf(response.status));
    return jsonOf(await response.text());
  } catch (error) {
    const message = signal.aborted ? 'the address did not answer in time' : deepest(error as Error);
    throw new Error(message, { cause: error });
  }
}

function problemOf(status: number): string {
  return status >= 300 && status < 400 ? 'the address leads to another one' : `it answered ${status}`;
}

async function bytesOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  // Leaving the loop closes the connection.
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MOST_BYTES)
      throw failure(`the answer has more than ${MOST_BYTES / 1024} kB`, 'ANSWER_TOO_LARGE');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The form of the errors of `fetch`: the code is in the cause. */
function failure(message: string, code: string): TypeError {
  return new TypeError(message, { cause: { code } });
}

/** `fetch` says no more than "bad port" of these: https://fetch.spec.whatwg.org/#port-blocking */
function badPort(address: string | URL): string {
  const { port } = new URL(address);
  return `port ${port} belongs to another protocol, so browsers and this program refuse it: use another port, such as 443`;
}

/** `fetch` hides what happened in the causes of its error. */
function deepest(error: Error): string {
  const { cause, errors } = error as Error & { errors?: Error[] };
  const next = cause ?? errors?.[0];
  return next instanceof Error ? deepest(next) : error.message;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
