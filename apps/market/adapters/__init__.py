"""The three price sources behind one port; only the services of market may import them."""
