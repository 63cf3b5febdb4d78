// Figures in the words of the interface.

export const count = (value) => value.toLocaleString("en-US");
export const decimal = (value, places) => value.toLocaleString("en-US", { maximumFractionDigits: places });

// Of a hundred; `–` for what was not measured.
export function percent(value) {
  if (value === null) return "–";
  if (value > 0 && value < 0.1) return "<0.1%";
  return value > 99.9 && value < 100 ? ">99.9%" : `${decimal(value, 1)}%`;
}

// In its two largest units.
export function duration(seconds) {
  if (seconds === null) return "–";
  const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit));
  const pair = (large, small) => large + (/^0 /.test(small) ? "" : ` ${small}`);
  if (days > 0) return days < 14 ? pair(`${days} d`, `${hours % 24} h`) : `${days} d`;
  if (hours > 0) return pair(`${hours} h`, `${minutes % 60} min`);
  if (minutes >= 10) return `${minutes} min`;
  return minutes > 0 ? pair(`${minutes} min`, `${seconds % 60} s`) : `${seconds} s`;
}
