package main

// version is changed by the test.
const version = "one"
