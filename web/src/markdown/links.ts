/** The address as it may stand in a link, or null: only http, https and mailto, and nothing relative. */
export function safeHref(address: string): string | null {
  // Browsers drop tabs, newlines and leading controls before they look at the scheme; so do we.
  const bare = address.replace(/[\u0000-\u0020\u007f]/g, "");
  if (!/^(?:https?:\/\/|mailto:)/i.test(bare)) return null;
  try {
    return new URL(bare).href;
  } catch {
    return null;
  }
}
