import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { PatternPivotError } from '../domain/errors.ts';
import type { Review } from '../recipes/review.ts';
import { createReviewApp } from './review-app.ts';

/** A page that is being served. */
export type ReviewServer = {
  /** Where it is, with the token that lets a browser in. */
  readonly url: string;
  close(): Promise<void>;
};

/** Serves the page of a review to this machine alone. `port` 0 takes any that is free. @throws input.port_taken */
export async function serveReview(review: Review, options: { readonly port: number }): Promise<ReviewServer> {
  const token = randomBytes(32).toString('base64url');
  const server = createServer();
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  const app = createReviewApp({ review, token, port });
  server.on('request', getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  return {
    url: `http://127.0.0.1:${port}/#${token}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  try {
    const listening = once(server, 'listening');
    server.listen(port, '127.0.0.1');
    await listening;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    throw new PatternPivotError(
      'input.port_taken',
      `Nothing can be served on port ${port}: another program has it.`,
      {
        hint: 'Leave out --port: any free one does.',
        cause: error,
        context: { port },
      },
    );
  }
}
