"""From each version of the stored form to the next: entry n leads from version n to n + 1.

A new ledger starts at 0 and goes through all of them. An entry that was released never changes; a
new one comes with a real ledger of its version in tests/ledgers. All that an old ledger needs
happens at once: in SQLite one transaction, in Redis one script, which is not rolled back and so
must bear being repeated.
"""

from __future__ import annotations

# Statements.
SQLITE: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE occurrence (key, due, state, touched, attempts, version, sid, text, "
        "refreshed, fate, code, PRIMARY KEY (key))",
        "CREATE TABLE memory (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ),
    (
        "ALTER TABLE occurrence RENAME COLUMN refreshed TO for_good",
        "ALTER TABLE occurrence ADD COLUMN headings",
        "ALTER TABLE occurrence ADD COLUMN posted",
        "ALTER TABLE occurrence ADD COLUMN looked",
        "ALTER TABLE occurrence ADD COLUMN told",
        "UPDATE occurrence SET for_good = 0",
        # The new text may be out, or the old one still held: the log says.
        "UPDATE occurrence SET state = 'unknown', sid = NULL WHERE state = 'refreshing'",
        "UPDATE occurrence SET posted = touched WHERE state IN ('unknown', 'held', 'sent')",
    ),
)
# Lua. `prefix` is what the ledger's keys begin with.
REDIS: tuple[str, ...] = (
    "",
    """
for _, key in ipairs(redis.call('ZRANGE', prefix .. 'due', 0, -1)) do
  local name = prefix .. 'row:' .. key
  local row = redis.call('GET', name)
  if row and not string.find(row, '"headings":', 1, true) then
    local state = string.match(row, '"state":"(%a+)"')
    local touched = string.match(row, '"touched":("[^"]+")')
    local posted = 'null'
    if state == 'refreshing' then
      state, row = 'unknown', string.gsub(row, '"sid":"[^"]*"', '"sid":null')
    end
    if state == 'unknown' or state == 'held' or state == 'sent' then posted = touched end
    row = string.gsub(row, '"refreshed":%a+', '"for_good":false')
    row = string.gsub(row, '"state":"%a+"', '"state":"' .. state .. '"')
    local more = ',"headings":null,"posted":' .. posted .. ',"looked":null,"told":null}'
    row = string.gsub(row, '}$', more)
    redis.call('SET', name, row, 'KEEPTTL')
  end
end
""",
)
