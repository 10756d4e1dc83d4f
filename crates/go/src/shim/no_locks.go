package main

func newEvent() {}
