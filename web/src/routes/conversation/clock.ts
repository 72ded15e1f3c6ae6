/** The hour and minute of a time, as a clock shows it. */
export const clock = (time: string | number) =>
  new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(time));
