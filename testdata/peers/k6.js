// The load of k6: RATE requests a second, or USERS that never rest; for FOR,
// or one request where that is empty.
import http from 'k6/http';

const { URL, RATE, USERS, FOR } = __ENV;

export const options = {
  summaryTrendStats: ['p(50)', 'p(90)', 'p(99)', 'p(99.9)', 'max'],
  scenarios: {
    load: !FOR ? { executor: 'shared-iterations', vus: 1, iterations: 1 }
      : RATE !== '0' ? { executor: 'constant-arrival-rate', rate: +RATE, duration: FOR, preAllocatedVUs: +USERS, maxVUs: +USERS }
      : { executor: 'constant-vus', vus: +USERS, duration: FOR },
  },
};

export default function () { http.get(URL); }

export function handleSummary(data) {
  return { stdout: JSON.stringify(data.metrics.http_req_duration.values) };
}
