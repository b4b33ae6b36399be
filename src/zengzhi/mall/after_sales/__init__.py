"""After-sales (售后): requests for money back, decided at once or by a second person."""
