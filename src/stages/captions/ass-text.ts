/**
 * Text that libass can only draw, whatever it was. Line breaks and control characters become spaces, so that no text
 * ends its event; braces, which open override blocks and cannot be escaped in every version, become parentheses, and
 * backslashes (`\N`, `\h`, `\{`) become slashes. Applying it twice changes nothing more.
 */
export function escapeAssText(text: string): string {
  return text
    .replace(/[\p{Cc}\u{2028}\u{2029}]+/gu, ' ')
    .replaceAll('\\', '/')
    .replaceAll('{', '(')
    .replaceAll('}', ')');
}
