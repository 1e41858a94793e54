// The line under the question box: whether the server has come to it, and is at it still.

watch("value", () => busy(element.querySelector(".busy") !== null));
