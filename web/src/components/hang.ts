/** Where a popover hangs: under its button, their right edges in line, and never over the left edge of the page. */
export function under(button: HTMLElement | undefined): { top: number; right: number; room: number } {
  if (!button) return { top: 0, right: 0, room: 0 };
  const { bottom, right } = button.getBoundingClientRect();
  return { top: bottom + 4, right: document.documentElement.clientWidth - right, room: right - 8 };
}
