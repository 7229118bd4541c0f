import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** Empty if it is the first of its trace. */
  parentId: string;
  name: string;
  service: string;
  attributes: Record<string, string | number | undefined>;
  failed: boolean;
}

/** Receives spans by OTLP over HTTP in protobuf, as OpenTelemetry's collector does. */
export interface OtlpReceiver {
  url: string;
  spans: ReceivedSpan[];
  /** All requests as they were sent. */
  raw(): Buffer;
  close(): Promise<void>;
}

/** Starts a receiver on the given port or on a free one. It answers 404 to all other requests. */
export async function startOtlpReceiver(port = 0): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    bodies.push(body);
    const isRight =
      request.method === 'POST' &&
      request.url === '/v1/traces' &&
      request.headers['content-type'] === 'application/x-protobuf';
    if (isRight) spans.push(...spansOf(body));
    response.writeHead(isRight ? 200 : 404, { 'content-type': 'application/x-protobuf' }).end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    raw: () => Buffer.concat(bodies),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The fields of a protobuf message by number. The caller knows the type of each. */
type Message = Map<number, (Buffer | bigint)[]>;

function messageOf(bytes: Buffer): Message {
  const fields: Message = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const kind = key & 7;
    const value = kind === 0 ? varint() : take(kind === 1 ? 8 : kind === 5 ? 4 : Number(varint()));
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

const partsOf = (message: Message, field: number) =>
  (message.get(field) ?? []).map((bytes) => messageOf(bytes as Buffer));
const bytesOf = (message: Message | undefined, field: number) =>
  (message?.get(field)?.[0] ?? Buffer.alloc(0)) as Buffer;
const textOf = (message: Message, field: number) => bytesOf(message, field).toString();

/** Only texts and whole numbers. */
function attributesOf(message: Message, field: number): ReceivedSpan['attributes'] {
  return Object.fromEntries(
    partsOf(message, field).map((pair) => {
      const [value] = partsOf(pair, 2);
      const number = value?.get(3)?.[0];
      return [textOf(pair, 1), number === undefined ? bytesOf(value, 1).toString() : Number(number)];
    }),
  );
}

/** Field numbers of opentelemetry/proto/trace/v1/trace.proto. */
function spansOf(body: Buffer): ReceivedSpan[] {
  return partsOf(messageOf(body), 1).flatMap((ofResource) => {
    const [resource = new Map()] = partsOf(ofResource, 1);
    const service = String(attributesOf(resource, 1)['service.name']);
    return partsOf(ofResource, 2)
      .flatMap((ofScope) => partsOf(ofScope, 2))
      .map((span) => ({
        traceId: bytesOf(span, 1).toString('hex'),
        spanId: bytesOf(span, 2).toString('hex'),
        parentId: bytesOf(span, 4).toString('hex'),
        name: textOf(span, 5),
        service,
        attributes: attributesOf(span, 9),
        failed: partsOf(span, 15)[0]?.get(3)?.[0] === 2n,
      }));
  });
}
