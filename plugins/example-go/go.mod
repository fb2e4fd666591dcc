module example.org/rundruf-example-go

go 1.19
