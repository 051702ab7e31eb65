// The stream of changes. As a shared worker it serves all tabs of a browser with one connection; a browser
// without shared workers loads it into each page.
'use strict';

const NAMES = ['row', 'gone', 'event', 'reload', 'signed-out', 'heartbeat', 'presence'];
// The server sends something every 15 s. After this time without anything the connection is made again.
const SILENT = 40_000;

// The earlier of two positions in each partition: whoever follows from there misses nothing.
function earlier(one, other) {
  const read = (text) => new Map(text.split('_').filter(Boolean).map((part) => part.split('.')));
  const [a, b] = [read(one), read(other)];
  for (const [partition, next] of b) {
    a.set(partition, a.has(partition) ? Math.min(a.get(partition), next) : next);
  }
  return [...a].map(([partition, next]) => `${partition}.${next}`).join('_');
}

// Follows the stream and calls `tell` with each message. Returns how to go back to an earlier position.
function follow(tell) {
  let source = null;
  let position = null;
  let heard = 0;
  let pause = 1000;
  let timer = null;

  function open() {
    clearTimeout(timer);
    source?.close();
    heard = Date.now();
    source = new EventSource('/stream?since=' + encodeURIComponent(position));
    source.onopen = () => { heard = Date.now(); pause = 1000; tell({ name: 'connected' }); };
    source.onerror = () => { tell({ name: 'lost' }); again(); };
    for (const name of NAMES) {
      source.addEventListener(name, (event) => {
        heard = Date.now();
        position = event.lastEventId || position;
        // A page that is opened after signing in again follows again.
        if (name === 'signed-out') { stop(); }
        tell({ name, data: JSON.parse(event.data) });
      });
    }
  }

  function stop() {
    clearTimeout(timer);
    source.close();
    source = null;
  }

  function again() {
    source.close();
    clearTimeout(timer);
    timer = setTimeout(open, pause);
    pause = Math.min(pause * 2, 30_000);
  }

  setInterval(() => {
    if (source && Date.now() - heard > SILENT) { tell({ name: 'lost' }); open(); }
  }, 5000);

  return {
    from(since) {
      position = position === null ? since : earlier(position, since);
      open();
    },
    retry() { if (source && source.readyState !== EventSource.OPEN) { open(); } },
  };
}

if ('onconnect' in self) {
  const tabs = new Set();
  const stream = follow((message) => tabs.forEach((tab) => tab.postMessage(message)));
  self.onconnect = (event) => {
    const tab = event.ports[0];
    tabs.add(tab);
    tab.onmessage = ({ data }) => {
      if (data.leave) { tabs.delete(tab); }
      if (data.since !== undefined) { stream.from(data.since); }
      if (data.retry) { stream.retry(); }
    };
  };
}
