import type { Config } from './config.ts';

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
  return chat.baseUrl === undefined && openAi !== '' ? openAi : undefined;
}
