import type { Spending } from '../../ports/ledger.ts';

/** Notes what a call to a store uses, before it is made. @throws conflict.budget_reached */
export type Meter = (use: Omit<Spending, 'service' | 'usd'>) => Promise<void>;
