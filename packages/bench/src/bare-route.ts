import { fastify } from 'fastify';

/**
 * The least cost of an answer: `node bare-route.ts PORT URL AUTHORIZATION` fetches the URL once and sends those bytes
 * from memory.
 */
const [port, from = '', authorization = ''] = process.argv.slice(2);
const answer = await fetch(from, { headers: { authorization } });
const bytes = Buffer.from(await answer.arrayBuffer());
const app = fastify();
app.get('/', (_request, reply) => reply.type('application/json; charset=utf-8').send(bytes));
await app.listen({ port: Number(port), host: '127.0.0.1' });
