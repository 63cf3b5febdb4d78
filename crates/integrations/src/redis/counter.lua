-- Counts a request in each counter, up to the first that is full. A counter says how much there was in the window that
-- runs and in the one before it, of which as much counts as is less than a window ago.
--
-- KEYS  the counters
-- ARGV  the window in milliseconds; the time in milliseconds, or nothing for the clock of this server, which is the same
--       for all that ask; then each counter's limit
--
-- Answers for each that was looked at what it held before: the window before, the window that runs, and how many
-- milliseconds of this one have passed. Whether there was room follows from these, by the same sum as here.
local window = tonumber(ARGV[1])
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local number = math.floor(now / window)
local elapsed = now - number * window
local answer = {}
for i, key in ipairs(KEYS) do
  local limit = tonumber(ARGV[2 + i])
  local kept = redis.call('HMGET', key, 'window', 'previous', 'current')
  local previous, current = 0, 0
  if tonumber(kept[1]) == number then
    previous, current = tonumber(kept[2]), tonumber(kept[3])
  elseif tonumber(kept[1]) == number - 1 then
    previous = tonumber(kept[3])
  end
  answer[i] = {previous, current, elapsed}
  if math.ceil(previous * (window - elapsed) / window) + current >= limit then
    break
  end
  redis.call('HSET', key, 'window', number, 'previous', previous, 'current', current + 1)
  -- At the end of the next window it says nothing any more.
  redis.call('PEXPIRE', key, 2 * window - elapsed)
end
return answer
