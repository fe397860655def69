import { PatternPivotError } from '../domain/errors.ts';
import type { Publisher } from '../ports/publisher.ts';
import type { Records } from '../ports/records.ts';
import type { Config } from './config.ts';

/** What a publisher on Instagram is opened with. */
export type InstagramPublisherParts = {
  readonly config: Pick<Config, 'publish'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly records: Records;
};

/** Publishing on the account of the settings. Nothing is asked of Instagram yet. @throws input.no_instagram_account, input.instagram_token */
export async function openInstagramPublisher({
  config,
  env,
  records,
}: InstagramPublisherParts): Promise<Publisher> {
  const { account, feed, version, apiUrl, uploadUrl } = config.publish.instagram;
  if (account === undefined) {
    throw new PatternPivotError('input.no_instagram_account', 'No account of Instagram is set.', {
      hint: 'Set publish.instagram.account to its id, and PATTERNPIVOT_INSTAGRAM_TOKEN (docs/publishing.md#instagram).',
    });
  }
  const token = env['PATTERNPIVOT_INSTAGRAM_TOKEN']?.trim() ?? '';
  // A header takes no other characters, and a token has none.
  if (!/^[\w.~+/=|-]{10,2000}$/u.test(token)) {
    throw new PatternPivotError('input.instagram_token', 'The token for Instagram is missing or not one.', {
      hint: 'Set PATTERNPIVOT_INSTAGRAM_TOKEN; docs/publishing.md#instagram says where to get it.',
    });
  }
  const { createInstagramPublisher } = await import('../adapters/publishers/instagram.ts');
  return createInstagramPublisher({
    accountId: account,
    token,
    records,
    apiUrl,
    uploadUrl,
    version,
    isShownInFeed: feed,
  });
}
