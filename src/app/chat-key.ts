import type { Config } from './config.ts';

/** Where `OPENAI_API_KEY` may be sent. */
const openAiOrigin = 'https://api.openai.com';

/**
 * The key for the configured chat server. `OPENAI_API_KEY` is OpenAI's: another server only gets the key that was meant
 * for it.
 */
export function readChatKey(
  { chat }: Pick<Config, 'chat'>,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const own = env['PATTERNPIVOT_CHAT_API_KEY'];
  if (own !== undefined && own !== '') return own;
  const openAi = env['OPENAI_API_KEY'];
  const isOpenAi = chat.baseUrl === undefined || new URL(chat.baseUrl).origin === openAiOrigin;
  return isOpenAi && openAi !== '' ? openAi : undefined;
}
