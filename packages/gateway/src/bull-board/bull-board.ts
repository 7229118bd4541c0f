import { timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { EtlError } from '@etl/core';
import type { Queues } from '@etl/queue';
import basicAuth from '@fastify/basic-auth';
import type { FastifyInstance } from 'fastify';
import { answer } from '../error-answers.ts';
import type { RateLimits } from '../rate-limit.ts';
import type { Services } from '../services.ts';
import { keepToOwnHost } from './board-page.ts';
import { OPERATOR, operatorActions } from './operator-actions.ts';

const PATH = '/admin/queues';

/**
 * Serves Bull Board at `/admin/queues` with basic authentication, if BULL_BOARD_USER and BULL_BOARD_PASSWORD are set.
 */
export async function bullBoard(app: FastifyInstance, services: Services, limits: RateLimits): Promise<void> {
  const { queues, config, log } = services;
  const { BULL_BOARD_USER: user, BULL_BOARD_PASSWORD: password } = config;
  if (!user || !password) {
    log.info('Bull Board is off: BULL_BOARD_USER and BULL_BOARD_PASSWORD are not set');
    return;
  }
  const board = new FastifyAdapter();
  board.setBasePath(PATH);
  createBullBoard({
    // The board needs every queue of the flow to show its tree.
    queues: [
      ...[...Object.values(queues.byBatch), queues.schedule].map((queue) => new BullMQAdapter(queue)),
      recountsWithoutFigures(queues),
    ],
    serverAdapter: board,
  });
  await app.register(async (scope) => {
    await scope.register(basicAuth, {
      authenticate: { realm: 'Bull Board' },
      validate: async (givenUser, givenPassword) => {
        // Both are compared: the time does not tell which one is wrong.
        const right = [same(givenUser, user), same(givenPassword, password)];
        if (!right.every(Boolean)) throw new EtlError('UNAUTHORIZED', 'The user or the password is wrong');
      },
    });
    const basicAuthentication = promisify(scope.basicAuth.bind(scope));
    scope.addHook('onRequest', async (request, reply) => {
      try {
        const showsPassword = /^basic /i.test(request.headers.authorization ?? '');
        if (!showsPassword) await limits.countOpenPage(request, reply);
        const check = () => basicAuthentication(request, reply);
        await (showsPassword ? limits.checkPassword(request, reply, check) : check());
        request.caller = { role: 'administrator', name: OPERATOR, key: OPERATOR };
      } catch (error) {
        // Not thrown: the board's error handler would answer 500.
        return answer(error as Error, request, reply, config.ETL_TIMEZONE);
      }
    });
    operatorActions(scope, PATH, services);
    keepToOwnHost(scope);
    // A scope of its own, because the plugin sets an error handler.
    await scope.register(board.registerPlugin(), { prefix: PATH });
  });
}

/** An operator sees that recounts wait or failed. Results have figures, which are not for operators. */
function recountsWithoutFigures({ recounts }: Queues): BullMQAdapter {
  const adapter = new BullMQAdapter(recounts, { readOnlyMode: true });
  adapter.setFormatter('returnValue', () => null);
  return adapter;
}

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
