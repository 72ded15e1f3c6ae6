import { announcer } from "../state/announcer.svelte";

/**
 * Puts text on the clipboard and says so. Browsers refuse on plain http and
 * without a press of the person: then the answer is false and a toast shows it.
 */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    announcer.show(`This browser does not let Grimoire copy. Copy it yourself: ${text}`, { label: "Done", run() {} });
    return false;
  }
  announcer.show("Copied.");
  return true;
}
