import { PatternPivotError } from '../domain/errors.ts';
import type { Ledger, Reservation, Spending } from '../ports/ledger.ts';
import { openLedger } from './compose-ledger.ts';
import type { Config } from './config.ts';
import { priceOf, serviceAt } from './meters.ts';

/** Counts what calls to a store use, in the one ledger. */
export type RecordsMeter = {
  /** @throws conflict.budget_reached: then nothing must be called */
  countUse(what: string, amount: number): Promise<void>;
  /** Gives back what was booked and not used. */
  close(): Promise<void>;
};

/** The ledger is written to disk each time, and a store takes a thousand writes a second: so much is booked at once, once it gets going. */
const blockAmount = 256;

/** So much is booked one by one. */
const singlesAmount = 16;

type Block = { used: number; booked: number; usedBefore: number; reservation: Reservation };

/**
 * A meter for the store of records; undefined for one that runs on this machine, which costs nothing. A process that is killed leaves at
 * most one block counted that it did not use.
 */
export function openRecordsMeter(options: {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly service: 'dynamodb' | 'google-storage';
  readonly endpoint: string | undefined;
}): RecordsMeter | undefined {
  const { config, env, service, endpoint } = options;
  if (endpoint !== undefined && serviceAt(endpoint).isOwn) return undefined;
  let ledger: Ledger | undefined;
  const blocks = new Map<string, Block>();
  // Each kind has a price and a free tier of its own, so each is a unit of its own.
  const spendingOf = (what: string, amount: number): Spending => {
    const usd = priceOf(config, { service, model: what }, 'requests', amount);
    return {
      service,
      operation: what,
      unit: `${what}-requests`,
      amount,
      ...(usd === undefined ? {} : { usd }),
    };
  };
  const book = async (what: string, wanted: number, least: number) => {
    ledger ??= openLedger({ config, env });
    try {
      return { booked: wanted, reservation: await ledger.reserve([spendingOf(what, wanted)]) };
    } catch (error) {
      const isReached = error instanceof PatternPivotError && error.code === 'conflict.budget_reached';
      if (!isReached || wanted === least) throw error;
      // What is left of a budget is less than a block, and may be enough.
      return { booked: least, reservation: await ledger.reserve([spendingOf(what, least)]) };
    }
  };
  const settle = async (what: string, { reservation, used }: Block) =>
    reservation.settle(used === 0 ? [] : [spendingOf(what, used)]);
  // One after the other: two calls at once must not both open a block.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
  return {
    countUse: (what, amount) =>
      inTurn(async () => {
        const block = blocks.get(what);
        if (block !== undefined && block.booked - block.used >= amount) {
          block.used += amount;
          return;
        }
        if (block !== undefined) {
          blocks.delete(what);
          await settle(what, block);
        }
        const usedBefore = (block?.usedBefore ?? 0) + (block?.used ?? 0);
        const wanted = usedBefore < singlesAmount ? amount : Math.max(amount, blockAmount);
        blocks.set(what, { used: amount, usedBefore, ...(await book(what, wanted, amount)) });
      }),
    close: () =>
      inTurn(async () => {
        for (const [what, block] of blocks) await settle(what, block);
        blocks.clear();
        await ledger?.close();
      }),
  };
}
