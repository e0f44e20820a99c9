/** `test.each` and `describe.each`, for frameworks that come without them. */
const { format } = require('node:util');

const titleOf = (title, row) => {
  const values = Array.isArray(row) ? row : [row];
  const count = (title.match(/%[sdifjoO]/g) ?? []).length;
  const named = title.replaceAll(/\$([a-zA-Z_]\w*)/g, (text, key) =>
    typeof row === 'object' && row !== null && key in row ? String(row[key]) : text,
  );
  return count === 0 ? named : format(named, ...values.slice(0, count));
};

/** Takes `test` or `describe`, and returns its `each`. */
exports.each =
  (define) =>
  (rows) =>
  (title, body, ...rest) => {
    for (const row of rows)
      define(titleOf(title, row), () => body(...(Array.isArray(row) ? row : [row])), ...rest);
  };
