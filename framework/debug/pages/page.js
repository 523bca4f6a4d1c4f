"use strict";
(function () {
  var button = document.getElementById("copy"), text = document.getElementById("text");
  if (!button || !text) return;
  button.addEventListener("click", function () {
    navigator.clipboard.writeText(text.textContent).then(function () {
      button.textContent = "Copied";
    }, function () { // not allowed: then it can be selected by hand
      text.closest("details").open = true;
      getSelection().selectAllChildren(text);
      button.textContent = "Selected: press Ctrl+C";
    });
  });
})();
