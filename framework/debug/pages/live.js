// Reloads the page when the program or what it shows has changed. data-state is the state
// that the page was made in; the stream tells the state that is.
"use strict";
(function () {
  var script = document.currentScript;
  var state = script.dataset.state;
  var address = script.src.replace(/live\.js(\?.*)?$/, "live");
  var stream = null;

  function reload(now) {
    // A page that comes out of a cache in its old state must not load itself for ever.
    var mark = now + " " + location.href;
    try {
      if (sessionStorage.getItem("dewar") === mark) return;
      sessionStorage.setItem("dewar", mark);
    } catch (e) { /* without storage there is no mark, and no cache either */ }
    state = now;
    location.reload();
  }

  function restyle(now) {
    var links = Array.from(document.querySelectorAll('link[rel~="stylesheet"]')).filter(function (link) {
      return link.href && new URL(link.href).origin === location.origin;
    });
    if (links.length === 0) return reload(now);
    state = now;
    links.forEach(function (old) {
      var url = new URL(old.href);
      url.searchParams.set("dewar", now);
      var fresh = old.cloneNode();
      fresh.nonce = old.nonce;
      fresh.removeAttribute("integrity");
      fresh.addEventListener("load", function () { old.remove(); });
      fresh.addEventListener("error", function () { reload(now); });
      fresh.href = url.href;
      old.after(fresh);
    });
  }

  function connect() {
    if (stream) return;
    stream = new EventSource(address);
    stream.addEventListener("state", function (e) { if (e.data !== state) reload(e.data); });
    stream.addEventListener("reload", function (e) { reload(e.data); });
    stream.addEventListener("css", function (e) { restyle(e.data); });
    stream.addEventListener("error", function () {
      // The program ends: what comes after it answers as soon as it can. Where the browser
      // has given up, it is asked again.
      if (stream && stream.readyState === 2) { close(); setTimeout(connect, 500); }
    });
  }

  function close() {
    if (stream) { stream.close(); stream = null; }
  }

  // A page that nobody sees keeps no connection: a browser has six for a server.
  function watch() {
    if (document.visibilityState === "hidden") close(); else connect();
  }
  document.addEventListener("visibilitychange", watch);
  addEventListener("pagehide", close);
  addEventListener("pageshow", watch);
  watch();
})();
