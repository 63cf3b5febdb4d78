-- Writes an attempt into each log, unless one of them is full.
--
-- KEYS  the logs: sorted sets of the attempts' names, by their times
-- ARGV  the attempt's name; the time in milliseconds, or nothing for the clock of this server, which is the same for all
--       that ask; then for each log how many limits it has, and for each of them the most attempts and the window in
--       milliseconds
--
-- Answers how many milliseconds one must wait until it fits; 0 when it was written.
local name = ARGV[1]
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local wait, longest, place = 0, {}, 3
for i, key in ipairs(KEYS) do
  longest[i] = 0
  local limits = tonumber(ARGV[place])
  for limit = 1, limits do
    local most, window = tonumber(ARGV[place + 2 * limit - 1]), tonumber(ARGV[place + 2 * limit])
    local oldest = redis.call('ZREVRANGE', key, most - 1, most - 1, 'WITHSCORES')[2]
    if oldest then
      wait = math.max(wait, math.min(oldest + window - now, window))
    end
    longest[i] = math.max(longest[i], window)
  end
  place = place + 1 + 2 * limits
end
if wait > 0 then
  return wait
end
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - longest[i])
  redis.call('ZADD', key, now, name)
  redis.call('PEXPIRE', key, longest[i])
end
return 0
